# Draws policy-resnet18-image_folder.svg; run: gnuplot policy-resnet18-image_folder.gp
if (!exists('out')) out = 'policy-resnet18-image_folder.svg'
set encoding utf8
set terminal svg size 887,451 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set label 'imagenet-smoke: bits of every layer, resnet18 on image_folder' at screen 0.02, screen 0.9601 left font ',14'
set lmargin at screen 0.0902
set rmargin at screen 0.9662
set tmargin at screen 0.9113
set bmargin at screen 0.4279
set xrange [-0.5:20.5]
set yrange [-9.50:0]
unset grid
unset border
set tics scale 0
set xtics rotate by 90 right font ',12' ('conv1' 0, 'layer1.0.conv1' 1, 'layer1.0.conv2' 2, 'layer1.1.conv1' 3, 'layer1.1.conv2' 4, 'layer2.0.conv1' 5, 'layer2.0.conv2' 6, 'layer2.0.downsample.0' 7, 'layer2.1.conv1' 8, 'layer2.1.conv2' 9, 'layer3.0.conv1' 10, 'layer3.0.conv2' 11, 'layer3.0.downsample.0' 12, 'layer3.1.conv1' 13, 'layer3.1.conv2' 14, 'layer4.0.conv1' 15, 'layer4.0.conv2' 16, 'layer4.0.downsample.0' 17, 'layer4.1.conv1' 18, 'layer4.1.conv2' 19, 'fc' 20)
set ytics ('LSQ' -2.10, 'HAWQ' -3.10, 'RFQuant' -4.10, 'LSQ' -6.60, 'HAWQ' -7.60, 'RFQuant' -8.60)
set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 '#c8e020', 8 '#fde725')
set cbrange [1.5:8.5]
unset colorbox
set label 'weights, budget w4a4' at -0.5, -1.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w4a4' at -0.5, -5.55 left font ',13' tc rgb '#202020'
$cells << EOD
0 -2.10 8
1 -2.10 4
2 -2.10 4
3 -2.10 4
4 -2.10 4
5 -2.10 4
6 -2.10 4
7 -2.10 4
8 -2.10 4
9 -2.10 4
10 -2.10 4
11 -2.10 4
12 -2.10 4
13 -2.10 4
14 -2.10 4
15 -2.10 4
16 -2.10 4
17 -2.10 4
18 -2.10 4
19 -2.10 4
20 -2.10 8
0 -3.10 8
1 -3.10 4
2 -3.10 6
3 -3.10 3
4 -3.10 3
5 -3.10 4
6 -3.10 3
7 -3.10 8
8 -3.10 4
9 -3.10 3
10 -3.10 6
11 -3.10 3
12 -3.10 3
13 -3.10 4
14 -3.10 4
15 -3.10 4
16 -3.10 4
17 -3.10 8
18 -3.10 4
19 -3.10 4
20 -3.10 8
0 -4.10 8
1 -4.10 3
2 -4.10 3
3 -4.10 3
4 -4.10 3
5 -4.10 4
6 -4.10 3
7 -4.10 6
8 -4.10 3
9 -4.10 4
10 -4.10 6
11 -4.10 4
12 -4.10 6
13 -4.10 4
14 -4.10 4
15 -4.10 6
16 -4.10 4
17 -4.10 6
18 -4.10 4
19 -4.10 4
20 -4.10 8
0 -6.60 8
1 -6.60 4
2 -6.60 4
3 -6.60 4
4 -6.60 4
5 -6.60 4
6 -6.60 4
7 -6.60 4
8 -6.60 4
9 -6.60 4
10 -6.60 4
11 -6.60 4
12 -6.60 4
13 -6.60 4
14 -6.60 4
15 -6.60 4
16 -6.60 4
17 -6.60 4
18 -6.60 4
19 -6.60 4
20 -6.60 8
0 -7.60 8
1 -7.60 4
2 -7.60 6
3 -7.60 3
4 -7.60 3
5 -7.60 4
6 -7.60 3
7 -7.60 8
8 -7.60 4
9 -7.60 3
10 -7.60 6
11 -7.60 3
12 -7.60 3
13 -7.60 4
14 -7.60 4
15 -7.60 4
16 -7.60 4
17 -7.60 8
18 -7.60 4
19 -7.60 4
20 -7.60 8
0 -8.60 8
1 -8.60 4
2 -8.60 4
3 -8.60 4
4 -8.60 4
5 -8.60 6
6 -8.60 4
7 -8.60 6
8 -8.60 4
9 -8.60 4
10 -8.60 4
11 -8.60 4
12 -8.60 6
13 -8.60 4
14 -8.60 4
15 -8.60 6
16 -8.60 4
17 -8.60 6
18 -8.60 4
19 -8.60 4
20 -8.60 8
EOD
plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder notitle, \
     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 noborder notitle, \
     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' notitle, \
     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' notitle
