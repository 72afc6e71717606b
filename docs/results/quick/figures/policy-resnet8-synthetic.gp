# Draws policy-resnet8-synthetic.svg; run: gnuplot policy-resnet8-synthetic.gp
if (!exists('out')) out = 'policy-resnet8-synthetic.svg'
set encoding utf8
set terminal svg size 590,776 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
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
set label 'quick: bits of every layer, resnet8 on synthetic' at screen 0.02, screen 0.9768 left font ',14'
set lmargin at screen 0.2983
set rmargin at screen 0.9492
set tmargin at screen 0.9485
set bmargin at screen 0.1856
set xrange [-0.5:7.5]
set yrange [-26.50:0]
unset grid
unset border
set tics scale 0
set xtics rotate by 90 right font ',12' ('conv1' 0, 'layer1.0.conv1' 1, 'layer1.0.conv2' 2, 'layer2.0.conv1' 3, 'layer2.0.conv2' 4, 'layer3.0.conv1' 5, 'layer3.0.conv2' 6, 'fc' 7)
set ytics ('LSQ' -2.10, 'HAWQ' -3.10, 'Random' -4.10, 'RFQuant' -5.10, 'One-shot, parts off' -6.10, 'LSQ' -8.60, 'HAWQ' -9.60, 'Random' -10.60, 'RFQuant' -11.60, 'One-shot, parts off' -12.60, 'LSQ' -15.10, 'HAWQ' -16.10, 'Random' -17.10, 'RFQuant' -18.10, 'One-shot, parts off' -19.10, 'LSQ' -21.60, 'HAWQ' -22.60, 'Random' -23.60, 'RFQuant' -24.60, 'One-shot, parts off' -25.60)
set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 '#c8e020', 8 '#fde725')
set cbrange [1.5:8.5]
unset colorbox
set label 'weights, budget w3a3' at -0.5, -1.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w3a3' at -0.5, -7.55 left font ',13' tc rgb '#202020'
set label 'weights, budget w4a4' at -0.5, -14.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w4a4' at -0.5, -20.55 left font ',13' tc rgb '#202020'
$cells << EOD
0 -2.10 8
1 -2.10 3
2 -2.10 3
3 -2.10 3
4 -2.10 3
5 -2.10 3
6 -2.10 3
7 -2.10 8
0 -3.10 8
1 -3.10 3
2 -3.10 3
3 -3.10 4
4 -3.10 3
5 -3.10 3
6 -3.10 2
7 -3.10 8
0 -4.10 8
1 -4.10 2
2 -4.10 3
3 -4.10 2
4 -4.10 2
5 -4.10 4
6 -4.10 4
7 -4.10 8
0 -5.10 8
1 -5.10 2
2 -5.10 2
3 -5.10 4
4 -5.10 2
5 -5.10 5
6 -5.10 3
7 -5.10 8
0 -6.10 8
1 -6.10 2
2 -6.10 3
3 -6.10 2
4 -6.10 2
5 -6.10 6
6 -6.10 3
7 -6.10 8
0 -8.60 8
1 -8.60 3
2 -8.60 3
3 -8.60 3
4 -8.60 3
5 -8.60 3
6 -8.60 3
7 -8.60 8
0 -9.60 8
1 -9.60 3
2 -9.60 3
3 -9.60 4
4 -9.60 3
5 -9.60 3
6 -9.60 2
7 -9.60 8
0 -10.60 8
1 -10.60 4
2 -10.60 2
3 -10.60 3
4 -10.60 2
5 -10.60 2
6 -10.60 5
7 -10.60 8
0 -11.60 8
1 -11.60 4
2 -11.60 3
3 -11.60 3
4 -11.60 5
5 -11.60 2
6 -11.60 3
7 -11.60 8
0 -12.60 8
1 -12.60 4
2 -12.60 2
3 -12.60 4
4 -12.60 2
5 -12.60 3
6 -12.60 4
7 -12.60 8
0 -15.10 8
1 -15.10 4
2 -15.10 4
3 -15.10 4
4 -15.10 4
5 -15.10 4
6 -15.10 4
7 -15.10 8
0 -16.10 8
1 -16.10 4
2 -16.10 5
3 -16.10 5
4 -16.10 4
5 -16.10 3
6 -16.10 2
7 -16.10 8
0 -17.10 8
1 -17.10 2
2 -17.10 6
3 -17.10 3
4 -17.10 3
5 -17.10 6
6 -17.10 6
7 -17.10 8
0 -18.10 8
1 -18.10 2
2 -18.10 2
3 -18.10 4
4 -18.10 5
5 -18.10 5
6 -18.10 5
7 -18.10 8
0 -19.10 8
1 -19.10 2
2 -19.10 3
3 -19.10 5
4 -19.10 4
5 -19.10 5
6 -19.10 4
7 -19.10 8
0 -21.60 8
1 -21.60 4
2 -21.60 4
3 -21.60 4
4 -21.60 4
5 -21.60 4
6 -21.60 4
7 -21.60 8
0 -22.60 8
1 -22.60 4
2 -22.60 5
3 -22.60 5
4 -22.60 4
5 -22.60 3
6 -22.60 2
7 -22.60 8
0 -23.60 8
1 -23.60 6
2 -23.60 2
3 -23.60 3
4 -23.60 3
5 -23.60 4
6 -23.60 5
7 -23.60 8
0 -24.60 8
1 -24.60 6
2 -24.60 4
3 -24.60 6
4 -24.60 3
5 -24.60 5
6 -24.60 4
7 -24.60 8
0 -25.60 8
1 -25.60 5
2 -25.60 4
3 -25.60 5
4 -25.60 3
5 -25.60 5
6 -25.60 5
7 -25.60 8
EOD
plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder notitle, \
     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 noborder notitle, \
     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' notitle, \
     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' notitle
