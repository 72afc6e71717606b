# Draws cost-phases-resnet8-cifar10.svg; run: gnuplot cost-phases-resnet8-cifar10.gp
if (!exists('out')) out = 'cost-phases-resnet8-cifar10.svg'
set encoding utf8
set terminal svg size 900,370 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
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
set tmargin 4.2
set label 'cifar10-resnet8-ablation: cost by stage and phase' at screen 0.015, screen 0.9514 left font ',15'
set label 'resnet8 on cifar10; a backward pass counts as two forward passes' at screen 0.015, screen 0.8946 left font ',12' tc rgb '#505050'
set lmargin at screen 0.2800
set xrange [0:2.415329]
set yrange [-7.6:0.6]
set xlabel 'image passes (millions)'
unset grid
set grid xtics lc rgb '#dddddd' lw 0.6 lt 1
set key outside right top Left reverse samplen 1 spacing 1.2
set ytics ('all parts: prepare, once' 0, 'all parts: each budget' -1, 'scheduler off: prepare, once' -2, 'scheduler off: each budget' -3, 'mitigation off: prepare, once' -4, 'mitigation off: each budget' -5, 'all off: prepare, once' -6, 'all off: each budget' -7) scale 0
$phase0 << EOD
0.000000 0.002500 -1
0.000000 0.002500 -3
0.000000 0.002500 -5
0.000000 0.002500 -7
EOD
$phase1 << EOD
0.002500 0.004548 -1
0.002500 0.004548 -3
0.002500 0.004548 -5
0.002500 0.004548 -7
EOD
$phase2 << EOD
0.004548 0.058820 -1
0.004548 0.059332 -3
0.004548 0.058863 -5
0.004548 0.061977 -7
EOD
$phase3 << EOD
0.000000 2.156544 0
0.000000 2.156544 -2
0.000000 2.156544 -4
0.000000 2.156544 -6
EOD
$totals << EOD
2.156544 0 2.16
0.058820 -1 0.0588
2.156544 -2 2.16
0.059332 -3 0.0593
2.156544 -4 2.16
0.058863 -5 0.0589
2.156544 -6 2.16
0.061977 -7 0.0620
EOD
plot $phase0 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 1 lw 0.5 fs solid 0.85 title 'final_score', \
     $phase1 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 2 lw 0.5 fs solid 0.85 title 'recalibrate', \
     $phase2 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 3 lw 0.5 fs solid 0.85 title 'search', \
     $phase3 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 4 lw 0.5 fs solid 0.85 title 'train', \
     $totals using 1:2:3 with labels left offset 0.6,0 font ',11' notitle
